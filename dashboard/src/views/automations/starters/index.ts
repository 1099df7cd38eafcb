// The everyday automations, in the order in which they are offered. One more is a file beside them and its name here.

import { booking } from "./booking.ts";
import { order } from "./order.ts";
import type { Starter } from "./starter.ts";
import { status } from "./status.ts";
import { welcome } from "./welcome.ts";

export const STARTERS: Starter[] = [welcome, order, booking, status];
