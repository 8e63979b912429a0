import { commandsBeside } from './interop.ts';
import { thorough } from './scale.ts';

if (thorough.includes('zookeeper')) await commandsBeside('zookeeper');
