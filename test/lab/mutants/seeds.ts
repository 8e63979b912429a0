export const seeds: Readonly<Record<string, number>> = {};
