/**
 * Makes the API pages in `html/`. Prints what of the SDK has no documentation, or refers to what is not there, and then
 * exits 1. The frames' own fields are not asked for: docs/protocol.md tells of them.
 */

import { Application, Logger, LogLevel } from "typedoc";

const OF_FRAMES = /^(wire\.|CloseCode|LinkState\.__type)/;

class Listening extends Logger {
  problems = [];

  log(message, level) {
    if (level >= LogLevel.Warn && !OF_FRAMES.test(message)) this.problems.push(message);
  }

  addContext(message) {
    return message;
  }
}

const app = await Application.bootstrap();
const logger = new Listening();
app.logger = logger;
const project = await app.convert();
if (project) {
  app.validate(project);
  await app.generateOutputs(project);
}
for (const problem of logger.problems) console.error(problem);
process.exit(project && logger.problems.length === 0 ? 0 : 1);
