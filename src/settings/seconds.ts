/** Durations in the settings: whole seconds. */
import { z } from 'zod';

export const HOUR = 3600;
export const DAY = 86_400;

export const seconds = (min: number, max: number) => z.int().min(min).max(max);
