import { describeRegistry } from './matrix.ts';

describeRegistry('Distribution 2.8');
