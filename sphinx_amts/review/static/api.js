// The desk's API, as the documentation has it.

export class Refused extends Error {
  constructor(status, answer) {
    super(answer?.error ?? `HTTP ${status}`);
    this.status = status;
    this.answer = answer ?? {};
  }
}

async function call(method, path, body) {
  const options = { method, headers: { Accept: "application/json" } };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  const answer = await fetch(`/api/${path}`, options);
  const content = await answer.json().catch(() => null);
  if (!answer.ok) throw new Refused(answer.status, content);
  return content;
}

const segment = (key) => `segments/${encodeURIComponent(key)}`;
const query = (values) => {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return new URLSearchParams(given).toString();
};

export const api = {
  segments: (values) => call("GET", `segments?${query(values)}`),
  segment: (key) => call("GET", segment(key)),
  check: (key, target) => call("POST", `${segment(key)}/check`, { target }),
  save: (key, change) => call("PUT", segment(key), change),
  undo: (key, version) => call("POST", `${segment(key)}/undo`, { version }),
  suggest: (key, engine, confirmed) =>
    call("POST", `${segment(key)}/suggest`, { engine, confirmed }),
  engines: () => call("GET", "engines"),
  progress: () => call("GET", "progress"),
  effort: () => call("GET", "effort"),
  page: (name) =>
    call("GET", `pages/${name.split("/").map(encodeURIComponent).join("/")}`),
};

// Call back for each event that the server tells.
export function listen(heard) {
  const events = new EventSource("/api/events");
  events.onmessage = (event) => heard(JSON.parse(event.data));
  for (const kind of ["saved", "built", "changed", "failed"])
    events.addEventListener(kind, (event) => heard({ kind, ...JSON.parse(event.data) }));
  return events;
}
