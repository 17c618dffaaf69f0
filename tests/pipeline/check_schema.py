"""The schema, judged by an independent validator: it takes what the checks take, and refuses what a schema can
refuse.  Usage: check_schema.py PRINT_SCHEMA_CASES.  Exit code 77: python3-jsonschema or python3-yaml is absent."""
import json
import re
import subprocess
import sys

try:
    import jsonschema
    import yaml

    Validator = jsonschema.Draft202012Validator
except (ImportError, AttributeError) as missing:
    print(f"skipped: {missing}")
    sys.exit(77)


class Loader(yaml.SafeLoader):
    """YAML 1.2's core schema; PyYAML's own is 1.1."""


Loader.yaml_implicit_resolvers = {}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("(true|True|TRUE|false|False|FALSE)$"), None)
Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("(null|Null|NULL|~|)$"), None)
Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile("[-+]?[0-9]+$"), None)
Loader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(
    r"([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$"), None)

# Findings that a schema can have too.
REFUSED = set("P020 P021 P022 P023 P024 P025 P030 P031 P034 P035 P036 P040 P041 P042 P043 P044 P045 P046 P047 P052 "
              "P053 P057 P058 P033 P070".split())
# ... but for these: NaN is in every range and 3.0 is an integer for a validator, and it cannot compare two keys.
BEYOND = re.compile(r"\.nan|degree: 3\.0|degree: 1e1|at_least: 2, at_most: 1|\[1, a\]|ansatz: 1\.0|intercept: True")

given = json.loads(subprocess.run([sys.argv[1]], check=True, capture_output=True, text=True).stdout)
Validator.check_schema(given["schema"])
validator = Validator(given["schema"])
taken = refused = failed = 0
for case in given["cases"]:
    try:
        pipeline = yaml.load(case["text"], Loader)
    except (yaml.YAMLError, ValueError):
        continue
    errors = [error.message for error in validator.iter_errors(pipeline)]
    only_warnings = set(case["codes"]) <= {"P072", "P102"}
    # Which parameter a sweep varies is not looked up, only how it is written.
    refusable = {"P020", "P021", "P022"} if "\nsweep:" in case["text"] else REFUSED
    if only_warnings:
        taken += 1
        wrong = bool(errors)
    elif set(case["codes"]) & refusable and not BEYOND.search(case["text"]):
        refused += 1
        wrong = not errors
    else:
        continue
    if wrong:
        failed += 1
        print("schema and check differ:", case["codes"], errors[:1], case["text"], sep="\n")
print(f"{taken} taken, {refused} refused, {failed} differ")
sys.exit(1 if failed or taken < 20 or refused < 80 else 0)
