const semver = require("semver");
const lines = require("fs").readFileSync(0, "utf8").split("\n").filter((line) => line);
for (const line of lines) {
  const [left, right] = line.split("\t");
  try {
    console.log(String(semver.compare(left, right, { loose: true })));
  } catch {
    console.log("?");
  }
}
