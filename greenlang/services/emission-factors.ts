/** Kilograms of CO2e per unit, rounded from the tables that the GHG Protocol and DEFRA publish; good enough for a demo. */
export const fuelFactors = {
  natural_gas_kwh: 0.183,
  diesel_litre: 2.51,
  petrol_litre: 2.1,
  lpg_litre: 1.56,
  coal_kg: 2.4,
  district_heat_kwh: 0.17,
} as const;
export type Fuel = keyof typeof fuelFactors;

/** Kilograms of CO2e per kWh of grid electricity. */
export const gridFactors = { DE: 0.38, FR: 0.056, NO: 0.019, PL: 0.66, IT: 0.28, ES: 0.17 } as const;
export type Country = keyof typeof gridFactors;

/** Tonnes of CO2e per tonne of product: direct and indirect, where the importer knows no better (CBAM default values). */
export const cbamDefaults: Readonly<
  Record<string, { readonly name: string; readonly direct: number; readonly indirect: number }>
> = {
  '72061000': { name: 'iron ingots', direct: 1.9, indirect: 0.12 },
  '72083900': { name: 'hot-rolled steel coils', direct: 2.1, indirect: 0.2 },
  '25231000': { name: 'cement clinker', direct: 0.87, indirect: 0.05 },
  '76011000': { name: 'unwrought aluminium', direct: 1.6, indirect: 6.8 },
  '31021000': { name: 'urea', direct: 1.9, indirect: 0.1 },
  '28041000': { name: 'hydrogen', direct: 9.9, indirect: 0.5 },
};

/** Risk class of a country of production (EUDR Article 29). */
export const countryRisk: Readonly<Record<string, 'low' | 'standard' | 'high'>> = {
  BR: 'standard',
  CI: 'standard',
  GH: 'standard',
  ID: 'standard',
  VN: 'low',
  CM: 'standard',
  MM: 'high',
};
