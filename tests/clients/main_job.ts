// The main job, in the types that openapi-typescript makes: it is compiled, not run.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.ts";

export async function mainJob(baseUrl: string, email: string, password: string): Promise<number> {
  const client = createClient<paths>({ baseUrl });
  const login = await client.POST("/api/v1/auth/login", { body: { email, password } });
  if (!login.data) throw new Error(login.error.code);
  client.use({
    onRequest: ({ request }) => request.headers.set("Authorization", `Bearer ${login.data.access_token}`),
  });

  const inquiry: components["schemas"]["NewInquiryRequest"] = { need: "求租厂房3000平方米", contact: "周启澜", phone: "13800138000" };
  const made = await client.POST("/api/v1/inquiries", { body: inquiry, params: { header: { "Idempotency-Key": "once" } } });
  if (!made.data) throw new Error(made.error.code);

  const list = await client.GET("/api/v1/inquiries", { params: { query: { status: ["new", "contacted"], sort: "-received_at", limit: 10 } } });
  const first = list.data?.data[0];
  // @ts-expect-error: there is no such status
  await client.GET("/api/v1/inquiries", { params: { query: { status: ["nonsense"] } } });

  const path = { id: made.data.id };
  await client.POST("/api/v1/inquiries/{id}/follow-ups", { params: { path }, body: { kind: "call", outcome: "reached" } });
  await client.PATCH("/api/v1/inquiries/{id}", { params: { path, header: { "If-Match": `"${first?.version}"` } }, body: { tags: ["重点"] } });

  const report = await client.GET("/api/v1/reports/{name}", { params: { path: { name: "overview" }, query: { group_by: "none" } } });
  if (!report.data || typeof report.data === "string") throw new Error("a CSV was not asked for");
  const totals: Record<string, unknown> = report.data.totals;
  return Number(totals.received);
}
