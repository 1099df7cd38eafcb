// A step's place in the list: it knows which steps stand before it, whose outputs its templates can mention.

import type { Field } from "../../api/client.ts";
import type { DraftStep } from "./draft.ts";
import { useOffersFor } from "./fields-context.tsx";
import { StepCard } from "./step-card.tsx";

type StepSlotProps = Omit<Parameters<typeof StepCard>[0], "offers"> & {
  earlier: DraftStep[];
  fields: Field[] | undefined;
  values: Record<string, unknown> | undefined;
};

export function StepSlot({ earlier, fields, values, ...card }: StepSlotProps) {
  const offers = useOffersFor(fields, values, earlier);
  return <StepCard {...card} offers={offers} />;
}
