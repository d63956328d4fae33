/** Choices that the admin scripts share. Apart from admin-graph.ts, which loads the sign-in library. */
import { type Cloud, GRAPH_HOSTS } from '../src/azure/graph-paths.ts';

/** The clouds, for help texts and checks. */
export const CLOUDS = Object.keys(GRAPH_HOSTS) as Cloud[];

/** How the admin signs in. */
export const SIGN_INS = ['cli', 'browser', 'device'] as const;
/** `cli`: whoever `az login` signed in. `browser`: a window opens. `device`: a code is typed on another device. */
export type SignIn = (typeof SIGN_INS)[number];
