import { join } from "node:path";
import { room } from "../rooms.ts";

export default room({ desk: join(import.meta.dirname, "desk.html") });
