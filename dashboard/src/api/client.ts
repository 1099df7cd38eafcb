// The one way to the API: typed by its OpenAPI document, and with every refusal as an `ApiProblem`.
// It keeps nothing; what is kept between views stands in `queries.ts`.

import type { Client } from "openapi-fetch";
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

/** What a request carries, however its types are spelled out. */
interface Carried {
  params?: { path?: Record<string, string>; query?: Record<string, unknown> };
  body?: unknown;
  signal?: AbortSignal;
}

/** Asks once. JSON is read so that numbers keep their text. */
async function request(method: string, path: string, { params = {}, body, signal }: Carried = {}) {
  const filled = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(params.path?.[name] ?? ""));
  const query = new URLSearchParams(
    Object.entries(params.query ?? {}).flatMap(([name, value]) => (value == null ? [] : [[name, String(value)]])),
  );
  const response = await fetch(`/api/v1${filled}${query.size ? `?${query}` : ""}`, {
    method,
    credentials: "same-origin",
    headers: body === undefined ? {} : { "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal,
  });
  const text = await response.text();
  const json = response.headers.get("content-type")?.includes("json") && text ? parse(text) : undefined;
  return response.ok ? { data: json, response } : { error: json, response };
}

/** The operations by method and path, with the types that the OpenAPI document gives them. */
export const api = Object.fromEntries(
  ["GET", "POST", "PUT", "PATCH", "DELETE"].map((method) => [
    method,
    (path: string, init?: Carried) => request(method, path, init),
  ]),
) as unknown as Pick<Client<paths>, "GET" | "POST" | "PUT" | "PATCH" | "DELETE">;

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
