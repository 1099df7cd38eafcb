// The one way to the API: typed by its OpenAPI document, and with every refusal as an `ApiProblem`.
// It keeps nothing; what is kept between views stands in `queries.ts`.

import createClient from "openapi-fetch";
import { parse } from "./json.ts";
import type { components, paths } from "./schema.ts";

export type Schemas = components["schemas"];
export type Automation = Schemas["Automation"];
export type AutomationInput = Schemas["AutomationInput"];
export type Step = Schemas["Step"];
export type StepInput = Schemas["StepInput"];
export type Condition = Schemas["Condition"];
export type Action = Schemas["Action"];
export type Param = Schemas["Param"];
export type Source = Schemas["Source"];
export type Field = Schemas["Field"];
export type EventSummary = Schemas["EventSummary"];
export type Event = Schemas["Event"];
export type Run = Schemas["Run"];
export type RunStep = Schemas["RunStep"];
export type RunStatus = Run["status"];
export type StepStatus = RunStep["status"];
export type Failure = Schemas["Failure"];
export type Contact = Schemas["Contact"];
export type Connection = Schemas["Connection"];
export type OutboxMessage = Schemas["OutboxMessage"];
export type Stats = Schemas["Stats"];
export type Replay = Schemas["Replay"];
export type Fault = Schemas["Fault"];
export type Warning = Schemas["Warning"];
export type Preview = Schemas["Preview"];
export type PreviewStep = Schemas["PreviewStep"];

/** What the API answered instead of what was asked for. */
export class ApiProblem extends Error {
  readonly status: number;
  /** Stable; `unreachable` when there was no answer at all. */
  readonly code: string;
  /** Every fault of an invalid input, by path. */
  readonly faults: Fault[];
  readonly retryAfter_s: number | undefined;

  constructor(status: number, code: string, detail: string, faults: Fault[] = [], retryAfter_s?: number) {
    super(detail);
    this.name = "ApiProblem";
    this.status = status;
    this.code = code;
    this.faults = faults;
    this.retryAfter_s = retryAfter_s;
  }
}

/** Fetches as ever, but reads JSON so that numbers keep their text. The client reads by itself when no length is named. */
async function fetchExact(request: Request): Promise<Response> {
  const response = await fetch(request);
  const text = await response.text();
  const { status, statusText } = response;
  const headers = new Headers(response.headers);
  headers.set("content-length", String(text.length));
  const exact = new Response(text || null, { status, statusText, headers });
  exact.json = async () => parse(text);
  return exact;
}

export const api = createClient<paths>({ baseUrl: "/api/v1", credentials: "same-origin", fetch: fetchExact });

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** What an answer holds. @throws {ApiProblem} when it is a refusal, or when there was none. */
export async function ask<T>(answer: Promise<Answer<T>>): Promise<T> {
  let given: Answer<T>;
  try {
    given = await answer;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiProblem(0, "unreachable", "no answer came");
  }
  const { data, error, response } = given;
  if (response.ok) return data as T;
  const problem = (typeof error === "object" && error !== null ? error : {}) as Partial<Schemas["Problem"]>;
  const retry = Number(response.headers.get("retry-after"));
  throw new ApiProblem(
    response.status,
    problem.code ?? `http_${response.status}`,
    problem.detail ?? response.statusText,
    problem.errors ?? [],
    Number.isFinite(retry) && retry > 0 ? retry : undefined,
  );
}
