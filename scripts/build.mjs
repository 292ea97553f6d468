/** `npm run build`: compiles src into dist, whatever is there already. */
import { build, ensureInstalled, requireNode } from './ensure.mjs';

requireNode();
await ensureInstalled();
await build();
