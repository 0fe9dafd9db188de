// Sends requests from the reference of the interface for programs. The key is kept in its field and nowhere else.

const key = document.getElementById("api-key");
document.querySelector("[data-key]").hidden = false;

for (const form of document.querySelectorAll("[data-try]")) {
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
}

async function send(form) {
  const output = form.querySelector("pre");
  const button = form.querySelector("button");
  output.hidden = false;
  button.disabled = true;
  try {
    const response = await fetch(address(form), options(form));
    output.textContent = await shown(response);
  } catch (error) {
    output.textContent = String(error);
  } finally {
    button.disabled = false;
  }
}

function address(form) {
  let path = form.dataset.path;
  const query = new URLSearchParams();
  for (const input of form.querySelectorAll("[data-place]")) {
    if (input.dataset.place === "path") {
      path = path.replace(`{${input.name}}`, encodeURIComponent(input.value.trim()));
    } else if (input.value.trim()) {
      query.set(input.name, input.value.trim());
    }
  }
  return query.size ? `${path}?${query}` : path;
}

function options(form) {
  const headers = { Accept: "application/json" };
  if (key.value.trim()) headers.Authorization = `Bearer ${key.value.trim()}`;
  const file = form.querySelector("input[type=file]")?.files[0];
  const text = form.querySelector("textarea")?.value;
  let body;
  if (file) {
    headers["Content-Type"] = file.type || "application/octet-stream";
    body = file;
  } else if (text) {
    headers["Content-Type"] = "application/json";
    body = text;
  }
  return { method: form.dataset.try, headers, body, credentials: "omit" };
}

async function shown(response) {
  const wanted = ["content-type", "ratelimit", "ratelimit-policy", "retry-after", "etag"];
  const lines = wanted.filter((name) => response.headers.has(name)).map((name) => `${name}: ${response.headers.get(name)}`);
  const text = await response.text();
  let body = text;
  try {
    body = JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    // not JSON: shown as it came
  }
  return `${response.status} ${response.statusText}\n${lines.join("\n")}\n\n${body}`;
}
