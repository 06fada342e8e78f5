"""Makes the table of libraries from their results, and compares it with docs/clients.md, or writes it there.

    table.py docs/clients.md ALGORITHM... [-update]
"""

import pathlib
import sys

LANGUAGES = {
    "PyJWT": "Python", "python-jose": "Python", "Authlib": "Python", "jose": "JavaScript", "jsonwebtoken": "JavaScript", "go-oidc": "Go",
    "Spring Security, `createAtJwtValidator` (1)": "Java", "Spring Security, from `issuer-uri` alone": "Java",
}
BEGIN, END = "<!-- made by: .ci/tokens -update -->\n", "<!-- until here -->"

path, algorithms, update = pathlib.Path(sys.argv[1]), sys.argv[2:], sys.argv[-1] == "-update"
if update:
    algorithms.pop()
rows, reasons, wrong = {}, [], 0
for algorithm in algorithms:
    for line in pathlib.Path(algorithm + ".tsv").read_text().splitlines():
        name, version, result = line.split("\t")
        rows.setdefault((name, version), []).append("yes" if result == "yes" else "no")
        if result != "yes":
            reasons.append(f"{name} with {algorithm}: {result}")
        wrong += result.startswith("ACCEPTED")
print("\n".join(reasons))
if wrong or any(len(results) != len(algorithms) for results in rows.values()) or {name for name, _ in rows} != set(LANGUAGES):
    sys.exit("a token was accepted that must not be, or a library has no result")

lines = [f"| library | version | for | {' | '.join(algorithms)} |\n", "|---|---|---|" + "---|" * len(algorithms) + "\n"]
lines += [f"| {name} | {version} | {LANGUAGES[name]} | {' | '.join(results)} |\n" for (name, version), results in rows.items()]
text = path.read_text()
before, rest = text.split(BEGIN)
made = before + BEGIN + "".join(lines) + END + rest.split(END, 1)[1]
if update:
    path.write_text(made)
elif made != text:
    sys.exit("the table in docs/clients.md is another one; run .ci/tokens -update and look at the difference:\n" + "".join(lines))
print(f"{sum(r == 'yes' for results in rows.values() for r in results)} combinations verify as docs/clients.md says")
