// The types of `subset-font`, which brings none: the part that the build uses.

declare module "subset-font" {
  export default function subsetFont(
    font: Buffer,
    text: string,
    options?: {
      targetFormat?: "woff2";
      variationAxes?: Record<string, { min: number; max: number }>;
      keepFeatures?: readonly string[];
      dropTables?: readonly string[];
    },
  ): Promise<Buffer>;
}
