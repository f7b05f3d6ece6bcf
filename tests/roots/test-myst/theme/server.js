// Shows pages as mystmd has made them: elements named as nodes are, with their text.
const http = require("node:http");

const { CONTENT_CDN_PORT, HOST = "localhost", PORT } = process.env;

const escaped = (text) =>
  String(text ?? "").replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

function html(node) {
  if (node.type === "text") return escaped(node.value);
  const inside = node.children?.map(html).join("") ?? escaped(node.value);
  const id = node.html_id ? ` id="${escaped(node.html_id)}"` : "";
  if (node.type !== "link" && node.type !== "crossReference") {
    return `<div class="${node.type} ${escaped(node.class)}"${id}>${inside}</div>`;
  }
  const place = node.html_id ? `#${node.html_id}` : "";
  return `<a href="${escaped((node.url ?? "") + place)}">${inside}</a>`;
}

async function content(name) {
  const found = await fetch(`http://${HOST}:${CONTENT_CDN_PORT}/${name}`);
  return found.text();
}

async function page(name) {
  const site = JSON.parse(await content("config.json"));
  const [project] = site.projects;
  const found = JSON.parse(await content(`content/${name || project.index}.json`));
  const title = escaped(found.frontmatter.title);
  const menu = project.pages.map((each) => `<li>${escaped(each.title)}</li>`).join("");
  const head = `<meta charset="utf-8"><title>${title} | ${escaped(site.title)}</title>`;
  return (
    `<!DOCTYPE html><html lang="en"><head>${head}</head><body><ul>${menu}</ul>`
    + `<h1>${title}</h1>${html(found.mdast)}</body></html>`
  );
}

http
  .createServer(async (request, response) => {
    const name = request.url.slice(1).split("?")[0];
    try {
      if (/\.(css|ico|txt|xml|xsl)$/.test(name)) response.end("");
      else if (name.endsWith(".json")) response.end(await content(`content/${name}`));
      else response.end(await page(name));
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  })
  .listen(PORT, HOST, () => console.log(`http://${HOST}:${PORT}`)); // mystmd waits for it
