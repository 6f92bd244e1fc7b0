using System.Buffers.Binary;

namespace Tda.Core.Arrays;

/// <summary>
/// The head of a safetensors file: 8 bytes of little-endian length, then JSON. Checked as the format demands: known
/// types, sizes that fit the shapes, and data that covers the file without gaps or overlaps.
/// </summary>
internal sealed class SafetensorsHeader(string path, long dataOffset, long dataLength)
{
    public const int LengthBytes = 8;

    /// <summary>The format's own limit.</summary>
    public const int MaximumBytes = 100_000_000;

    public const string MetadataKey = "__metadata__";

    public long DataOffset => dataOffset;

    public Dictionary<string, SafetensorsEntry> Entries { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    /// <exception cref="BadInputException">Truncated, not safetensors, or a header that contradicts itself or the file.</exception>
    public static SafetensorsHeader Read(MappedFile file)
    {
        if (file.Length < LengthBytes)
        {
            throw new BadInputException(file.Path, $"truncated: a safetensors file starts with 8 bytes of length, and it has {file.Length}", file.Length);
        }

        var length = BinaryPrimitives.ReadUInt64LittleEndian(file.Span<byte>(0, LengthBytes));
        if (length > MaximumBytes)
        {
            throw new BadInputException(file.Path, $"is not a safetensors file: the header would have {length} bytes", 0);
        }

        if ((long)length > file.Length - LengthBytes)
        {
            throw new BadInputException(file.Path, $"truncated: the header has {length} bytes, and {file.Length - LengthBytes} are left", file.Length);
        }

        var start = LengthBytes + (long)length;
        var header = new SafetensorsHeader(file.Path, start, file.Length - start);
        header.Parse(file.Span<byte>(LengthBytes, (int)length));
        header.CheckCoverage();
        return header;
    }

    private void Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            using var document = JsonDocument.ParseValue(ref reader);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw Error("the header is not a JSON object");
            }

            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (property.Name == MetadataKey)
                {
                    ReadMetadata(property.Value);
                }
                else if (!Entries.TryAdd(property.Name, ReadEntry(property)))
                {
                    throw Error($"tensor '{property.Name}' comes twice");
                }
            }
        }
        catch (JsonException error)
        {
            throw new BadInputException(path, $"the header {JsonFault.Describe(error, json, typeof(JsonElement))}", LengthBytes + JsonPosition.Of(json, error), inner: error);
        }
        catch (InvalidOperationException error)
        {
            throw new BadInputException(path, $"the header is not UTF-8 text: {error.Message}", LengthBytes, inner: error);
        }
    }

    private void ReadMetadata(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            throw Error($"'{MetadataKey}' is not a JSON object");
        }

        foreach (var item in value.EnumerateObject())
        {
            if (item.Value.ValueKind != JsonValueKind.String)
            {
                throw Error($"metadata '{item.Name}' is not a text");
            }

            Metadata[item.Name] = item.Value.GetString()!;
        }
    }

    private SafetensorsEntry ReadEntry(JsonProperty property)
    {
        var name = property.Name;
        var value = property.Value;
        if (value.ValueKind != JsonValueKind.Object
            || !value.TryGetProperty("dtype", out var dtype) || dtype.ValueKind != JsonValueKind.String
            || !value.TryGetProperty("shape", out var shape)
            || !value.TryGetProperty("data_offsets", out var offsets))
        {
            throw Error($"tensor '{name}' lacks dtype, shape or data_offsets");
        }

        var sizes = Numbers(name, "shape", shape);
        var range = Numbers(name, "data_offsets", offsets);
        if (range.Length != 2 || range[0] > range[1])
        {
            throw Error($"tensor '{name}': data_offsets must be a begin and an end");
        }

        var type = dtype.GetString()!;
        var size = SafetensorsDType.SizeOf(type) ?? throw Error($"tensor '{name}' has the unknown element type '{type}'");
        if (ByteLength(name, sizes, size) != range[1] - range[0])
        {
            throw Error($"tensor '{name}' of shape ({string.Join(", ", sizes)}) and type {type} can't have {range[1] - range[0]} bytes");
        }

        return new SafetensorsEntry(type, sizes, range[0], range[1]);
    }

    private long[] Numbers(string tensor, string member, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            throw Error($"tensor '{tensor}': {member} is not a list");
        }

        var numbers = new List<long>();
        foreach (var item in value.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out var number) || number < 0)
            {
                throw Error($"tensor '{tensor}': {member} holds something else than whole numbers");
            }

            numbers.Add(number);
        }

        return [.. numbers];
    }

    private long ByteLength(string tensor, long[] sizes, int elementSize)
    {
        try
        {
            return sizes.Aggregate((long)elementSize, (product, size) => checked(product * size));
        }
        catch (OverflowException error)
        {
            throw new BadInputException(path, $"tensor '{tensor}' of shape ({string.Join(", ", sizes)}) is larger than any file", LengthBytes, inner: error);
        }
    }

    private void CheckCoverage()
    {
        long at = 0;
        foreach ((var name, var entry) in Entries.OrderBy(e => e.Value.Begin).ThenBy(e => e.Value.End))
        {
            if (entry.Begin != at)
            {
                throw new BadInputException(path, $"tensor '{name}' starts at {entry.Begin} of the data, not at {at} where the one before ends", dataOffset + at);
            }

            at = entry.End;
        }

        if (at > dataLength)
        {
            throw new BadInputException(path, $"truncated: the header promises {at} bytes of data, and {dataLength} are there", dataOffset + dataLength, "Make the file again.");
        }

        if (at < dataLength)
        {
            throw new BadInputException(path, $"{dataLength - at} bytes follow the data that the header promises", dataOffset + at);
        }
    }

    private BadInputException Error(string reason) => new(path, reason, LengthBytes);
}
