const roundsByTier: Readonly<Record<string, number>> = { ci: 2_000, long: 50_000 }
const tier = process.env['CARDEA_TEST_TIER'] ?? ''

/** How properties are tried: on the same cases every time at a developer's desk, on more and other ones in the longer tiers. */
export const propertySettings: { readonly numRuns: number; readonly seed?: number } = {
  numRuns: roundsByTier[tier] ?? 200,
  ...(tier === '' ? { seed: 20_250_101 } : {}),
}
