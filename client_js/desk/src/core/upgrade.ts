/** Whether the server has another desk by now than the one that runs here. No I/O. */

/** `page`: what the server answers at `/desk`; `script`: the path of the script that runs here, "" if it is not known. */
export function isUpgraded(page: string, script: string): boolean {
  return script !== "" && page.includes("<intervene-desk") && !page.includes(`"${script}"`);
}
