/** The demo: a customer and an agent side by side, each on a socket of their own, as if they sat far apart. */

import { Agent } from "./agent.ts";
import { Customer } from "./customer.ts";

const query = new URLSearchParams(location.search);
const me = { name: query.get("agent") || "Ada", role: query.get("role") || "agent" };

const find = (id: string) => document.getElementById(id) as HTMLElement;

find("second").setAttribute("href", `?agent=${me.name === "Ben" ? "Ada" : "Ben"}`);
/** The conversation that was picked, or that of the customer beside. */
const agent = new Agent(find("agent"), me, () => location.hash.slice(1) || customer.conversation?.id || "");
const customer: Customer = new Customer(find("customer"), () => agent.follow());
find("customer").querySelector("textarea")?.focus();
find("fresh").addEventListener("click", () => void customer.next());
