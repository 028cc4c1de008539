/** Links to the pages that only a server in development serves: in production there are none that lead nowhere. */

const PAGES = [
  ["/developers", "Developers"],
  ["/demo", "Demo"],
] as const;

/** Adds the links to each list of links, if the server says that it is in development. */
export async function showDevelopment(): Promise<void> {
  if (!(await isDevelopment())) return;
  for (const list of document.querySelectorAll("[data-links]")) {
    list.prepend(...PAGES.filter(([path]) => path !== location.pathname).map(link));
  }
}

function link([path, words]: (typeof PAGES)[number]): HTMLAnchorElement {
  return Object.assign(document.createElement("a"), { href: path, textContent: words });
}

async function isDevelopment(): Promise<boolean> {
  try {
    const answer = await fetch("/v1/desk", { redirect: "error" });
    return (await answer.json()).development === true;
  } catch {
    return false; // away, or something else answers
  }
}
