import { describeRegistry } from './matrix.ts';

describeRegistry('zot');
