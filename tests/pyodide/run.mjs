// Run probe.py by the CPython 3.14 that Pyodide carries, and print what it returns.
// Usage: node run.mjs PYODIDE SITE_PACKAGES PROJECT
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [pyodide, sitePackages, project] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(join(pyodide, 'pyodide.mjs')));
const python = await loadPyodide({ stdout: console.error });
for (const [target, root] of [['/site', sitePackages], ['/project', project]]) {
  python.FS.mkdirTree(target);
  python.FS.mount(python.FS.filesystems.NODEFS, { root }, target);
}
console.log(python.runPython(readFileSync(join(project, 'tests', 'pyodide', 'probe.py'), 'utf8')));
