// The mlflow client prints links with a hash (http://host/#/experiments/1/runs/…); only the browser sees it, so it is mapped here.
follow();
// A link pasted into a tab that already shows the front page loads nothing: only the hash changes.
window.addEventListener("hashchange", follow);

function follow() {
  const { hash } = window.location;
  const [path, search = ""] = hash.replace(/^#\/?/, "").split("?");
  const parts = path.split("/").filter(Boolean);
  const address = hash.startsWith("#/") && (experiments(parts) ?? models(parts));
  if (!address) return;
  const workspace = new URLSearchParams(search).get("workspace");
  const inside = workspace && workspace !== "default" ? `/w/${encodeURIComponent(workspace)}` : "";
  window.location.replace(inside + address);
}

function experiments([noun, id, kind, child, tab, ...rest]) {
  if (noun !== "experiments") return null;
  if (!id) return "/experiments";
  if (kind === "models" && child) return `/logged-models/${child}`;
  if (kind !== "runs" || !child) return `/experiments/${id}`;
  if (tab !== "artifacts" && tab !== "artifactPath") return `/runs/${child}`;
  return `/runs/${child}/files${rest.length ? `/${rest.join("/")}` : ""}`;
}

// A prompt is a registered model, too; there is no list of prompts alone.
function models([noun, name, kind, version]) {
  if (noun !== "models" && noun !== "prompts") return null;
  if (!name) return "/models";
  return `/models/${name}${kind === "versions" && version ? `/versions/${version}` : ""}`;
}
