/** What the page takes from our side, as one file: infra/desk-page.ts makes `vendor/shape.js` of it. */
import './page-zod.ts';

export { visible } from '../../report/wording.ts';
export * from './shape.ts';
