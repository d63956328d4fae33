/** Imported before any shape is made: the page's policy forbids code made from text, which zod would try. */
import { config } from 'zod';

config({ jitless: true });
