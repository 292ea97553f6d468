import { describeRegistry } from './matrix.ts';

describeRegistry('Distribution 3.1');
