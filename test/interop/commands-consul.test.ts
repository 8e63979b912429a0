import { commandsBeside } from './interop.ts';
import { thorough } from './scale.ts';

if (thorough.includes('consul')) await commandsBeside('consul');
