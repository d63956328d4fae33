/** What the page takes from our side, as one file: infra/desk-page.ts makes `vendor/shape.js` of it. */
import { config } from 'zod';

// The page's policy forbids code made from text, which zod would try; then it must not, or each try is reported.
config({ jitless: true });

export { visible } from '../../report/wording.ts';
export * from './shape.ts';
