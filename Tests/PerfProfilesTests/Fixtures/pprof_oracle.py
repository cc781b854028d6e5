"""An independent view of profile.proto, by the official protobuf runtime.

The message types are declared here from the format's description, so that no generated code is needed.

  pprof_oracle.py check           exits 0 when the runtime is installed
  pprof_oracle.py write OUT       writes the profile of ExampleProfile.complete, encoded as other tools may do it
  pprof_oracle.py dump IN OUT     reads a profile and writes its contents as JSON, with all indices resolved
  pprof_oracle.py copy IN OUT     reads a profile and writes it again
"""

import gzip
import json
import sys

try:
    from google.protobuf import descriptor_pb2, descriptor_pool
    from google.protobuf import message_factory
except ImportError as error:
    print(f"no protobuf runtime: {error}", file=sys.stderr)
    sys.exit(77)

FIELD = descriptor_pb2.FieldDescriptorProto
MESSAGES = {
    "Profile": [
        (1, "sample_type", "*ValueType"), (2, "sample", "*Sample"), (3, "mapping", "*Mapping"),
        (4, "location", "*Location"), (5, "function", "*Function"), (6, "string_table", "*string"),
        (7, "drop_frames", "int64"), (8, "keep_frames", "int64"), (9, "time_nanos", "int64"),
        (10, "duration_nanos", "int64"), (11, "period_type", "ValueType"), (12, "period", "int64"),
        (13, "comment", "*int64"), (14, "default_sample_type", "int64"), (15, "doc_url", "int64"),
        (0x70646F, "perfdoctor_extras", "bytes"),
    ],
    "ValueType": [(1, "type", "int64"), (2, "unit", "int64")],
    "Sample": [(1, "location_id", "*uint64"), (2, "value", "*int64"), (3, "label", "*Label")],
    "Label": [(1, "key", "int64"), (2, "str", "int64"), (3, "num", "int64"), (4, "num_unit", "int64")],
    "Mapping": [
        (1, "id", "uint64"), (2, "memory_start", "uint64"), (3, "memory_limit", "uint64"),
        (4, "file_offset", "uint64"), (5, "filename", "int64"), (6, "build_id", "int64"),
        (7, "has_functions", "bool"), (8, "has_filenames", "bool"), (9, "has_line_numbers", "bool"),
        (10, "has_inline_frames", "bool"),
    ],
    "Location": [
        (1, "id", "uint64"), (2, "mapping_id", "uint64"), (3, "address", "uint64"), (4, "line", "*Line"),
        (5, "is_folded", "bool"),
    ],
    "Line": [(1, "function_id", "uint64"), (2, "line", "int64"), (3, "column", "int64")],
    "Function": [
        (1, "id", "uint64"), (2, "name", "int64"), (3, "system_name", "int64"), (4, "filename", "int64"),
        (5, "start_line", "int64"),
    ],
}


def message_class(name, packed=True):
    """The class of a message; unpacked lists are what writers of the proto2 days produce."""
    package = "packed" if packed else "unpacked"
    file = descriptor_pb2.FileDescriptorProto(name=f"{package}.proto", package=package, syntax="proto3")
    for message_name, fields in MESSAGES.items():
        message = file.message_type.add(name=message_name)
        for number, field_name, kind in fields:
            field = message.field.add(name=field_name, number=number)
            field.label = FIELD.LABEL_REPEATED if kind.startswith("*") else FIELD.LABEL_OPTIONAL
            kind = kind.removeprefix("*")
            if kind in MESSAGES:
                field.type, field.type_name = FIELD.TYPE_MESSAGE, f".{package}.{kind}"
            else:
                field.type = getattr(FIELD, f"TYPE_{kind.upper()}")
                if kind.endswith("int64") and field.label == FIELD.LABEL_REPEATED:
                    field.options.packed = packed
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    descriptor = pool.FindMessageTypeByName(f"{package}.{name}")
    if hasattr(message_factory, "GetMessageClass"):
        return message_factory.GetMessageClass(descriptor)
    return message_factory.MessageFactory(pool).GetPrototype(descriptor)


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    profile = message_class("Profile")()
    profile.ParseFromString(data)
    return profile


def example():
    profile = message_class("Profile", packed=False)()
    table = profile.string_table
    table.append("")

    def text(value):
        # Other tools repeat strings: every use gets one of its own.
        if not value:
            return 0
        table.append(value)
        return len(table) - 1

    for name, unit in (("samples", "count"), ("cpu", "nanoseconds")):
        profile.sample_type.add(type=text(name), unit=text(unit))
    # Ids as other tools have them: neither dense nor in order.
    mappings, functions, locations = [9, 2**64 - 1], [1000000, 3, 2**40], [77, 5, 2**63, 6]
    profile.mapping.add(
        id=mappings[0], memory_start=0x555555550000, memory_limit=0x555555560000, file_offset=0x1000,
        filename=text("/usr/bin/größe"), build_id=text("0123abcd"), has_functions=True, has_filenames=True,
        has_line_numbers=True, has_inline_frames=True,
    )
    profile.mapping.add(
        id=mappings[1], memory_start=0x7FFF00000000, memory_limit=2**64 - 1, filename=text("[vdso]"))
    for id, name, system_name, file, line in (
        (functions[0], "main", "main", "main.swift", 1),
        (functions[1], "App.work() -> ()", "$s3App4workyyF", "App.swift", 10),
        (functions[2], "inlined", "", "App.swift", 0),
    ):
        profile.function.add(
            id=id, name=text(name), system_name=text(system_name), filename=text(file), start_line=line)
    location = profile.location.add(id=locations[0], mapping_id=mappings[0], address=0x555555550100)
    location.line.add(function_id=functions[0], line=3, column=7)
    location = profile.location.add(id=locations[1], mapping_id=mappings[0], address=0x555555550200, is_folded=True)
    location.line.add(function_id=functions[2], line=30)
    location.line.add(function_id=functions[1], line=12)
    profile.location.add(id=locations[2], mapping_id=mappings[1], address=0x7FFF00000010)
    profile.location.add(id=locations[3]).line.add(function_id=functions[0])
    for stack, values, labelled in (
        ([1, 0], [3, 3_000_000], True), ([1, 0], [1, 1_000_000], False), ([2, 1, 0], [0, -1], True),
        ([], [1, 2**63 - 1], False),
    ):
        sample = profile.sample.add(location_id=[locations[index] for index in stack], value=values)
        if labelled:
            # The same label set must have the same indices here, as it does in every tool.
            if len(profile.sample) == 1:
                label_texts = [text(value) for value in ("thread", "worker 1", "tid", "bytes", "bytes")]
            sample.label.add(key=label_texts[0], str=label_texts[1])
            sample.label.add(key=label_texts[2], num=42)
            sample.label.add(key=label_texts[3], num=-5, num_unit=label_texts[4])
    profile.time_nanos, profile.duration_nanos = 1_700_000_000_123_456_789, 10_000_000_000
    profile.period_type.type, profile.period_type.unit = text("cpu"), text("nanoseconds")
    profile.period = 1_001_001
    profile.comment.extend([text("first"), 0, text("second")])
    profile.default_sample_type = text("cpu")
    profile.drop_frames, profile.keep_frames = text("drop.*"), text("keep.*")
    profile.doc_url = text("https://example.com/doc")
    return profile.SerializeToString(deterministic=True)


def resolved(profile):
    """The contents without indices and ids, which differ between writers."""
    text = profile.string_table.__getitem__
    mappings = {mapping.id: index for index, mapping in enumerate(profile.mapping)}
    functions = {function.id: index for index, function in enumerate(profile.function)}
    locations = {location.id: index for index, location in enumerate(profile.location)}

    def value_type(value):
        return [text(value.type), text(value.unit)]

    def label(value):
        if value.str:
            return [text(value.key), text(value.str)]
        return [text(value.key), value.num, text(value.num_unit)]

    return {
        "sample_types": [value_type(value) for value in profile.sample_type],
        "samples": [
            {
                "locations": [locations[id] for id in sample.location_id],
                "values": list(sample.value),
                "labels": [label(value) for value in sample.label],
            }
            for sample in profile.sample
        ],
        "mappings": [
            [value.memory_start, value.memory_limit, value.file_offset, text(value.filename), text(value.build_id),
             value.has_functions, value.has_filenames, value.has_line_numbers, value.has_inline_frames]
            for value in profile.mapping
        ],
        "locations": [
            {
                "mapping": mappings[value.mapping_id] if value.mapping_id else None,
                "address": value.address,
                "lines": [[functions[line.function_id], line.line, line.column] for line in value.line],
                "is_folded": value.is_folded,
            }
            for value in profile.location
        ],
        "functions": [
            [text(value.name), text(value.system_name), text(value.filename), value.start_line]
            for value in profile.function
        ],
        "drop_frames": text(profile.drop_frames),
        "keep_frames": text(profile.keep_frames),
        "time_nanos": profile.time_nanos,
        "duration_nanos": profile.duration_nanos,
        "period_type": value_type(profile.period_type),
        "period": profile.period,
        "comments": [text(value) for value in profile.comment],
        "default_sample_type": text(profile.default_sample_type),
        "doc_url": text(profile.doc_url),
        "extras": json.loads(profile.perfdoctor_extras or b"null"),
        "unknown_fields": len(profile.SerializeToString()) - len(known_only(profile)),
    }


def known_only(profile):
    copy = message_class("Profile")()
    copy.ParseFromString(profile.SerializeToString())
    copy.DiscardUnknownFields()
    return copy.SerializeToString()


def main(arguments):
    match arguments:
        case ["check"]:
            pass
        case ["write", out]:
            with open(out, "wb") as file:
                file.write(example())
        case ["dump", path, out]:
            with open(out, "w", encoding="utf-8") as file:
                json.dump(resolved(read(path)), file, ensure_ascii=False, sort_keys=True, indent=1)
                file.write("\n")
        case ["copy", path, out]:
            with open(out, "wb") as file:
                file.write(read(path).SerializeToString(deterministic=True))
        case _:
            print(__doc__, file=sys.stderr)
            return 64
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
