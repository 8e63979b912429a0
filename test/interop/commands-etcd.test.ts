import { commandsBeside } from './interop.ts';
import { thorough } from './scale.ts';

if (thorough.includes('etcd')) await commandsBeside('etcd');
