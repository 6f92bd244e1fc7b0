using System.Buffers.Binary;
using System.Text.Json;
using Tda.Core.Artifacts;

namespace Tda.Core.Arrays;

/// <summary>Writes safetensors files.</summary>
public static class SafetensorsWriter
{
    /// <summary>The data starts at a multiple of this, as the format asks.</summary>
    private const int Alignment = 8;

    /// <summary>
    /// Writes all tensors, or leaves what was at <paramref name="path"/> untouched. They are stored in descending element
    /// size, so that each is aligned when the file is mapped, as the format's own library does.
    /// </summary>
    /// <exception cref="ArgumentException">A name comes twice, or a tensor wrote another number of bytes than its shape promises.</exception>
    /// <exception cref="TdaException">The file can't be written.</exception>
    public static void Write(string path, IEnumerable<SafetensorsTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        List<SafetensorsTensor> ordered = [.. tensors.OrderByDescending(t => t.ElementSize)];
        var header = Header(ordered, metadata);
        AtomicFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[SafetensorsHeader.LengthBytes];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            stream.Write(length);
            stream.Write(header);
            foreach (var tensor in ordered)
            {
                var start = stream.Position;
                tensor.Write(stream);
                if (stream.Position - start != tensor.ByteLength)
                {
                    throw new ArgumentException($"tensor '{tensor.Name}' wrote {stream.Position - start} bytes; type and shape promise {tensor.ByteLength}", nameof(tensors));
                }
            }
        });
    }

    /// <summary>How many bytes <see cref="Write"/> writes for these, whose bytes are not asked for.</summary>
    public static long LengthOf(IEnumerable<SafetensorsTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        List<SafetensorsTensor> ordered = [.. tensors.OrderByDescending(t => t.ElementSize)];
        return SafetensorsHeader.LengthBytes + Header(ordered, metadata).Length + ordered.Sum(t => t.ByteLength);
    }

    private static byte[] Header(List<SafetensorsTensor> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var names = new HashSet<string>(StringComparer.Ordinal) { SafetensorsHeader.MetadataKey };
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject(SafetensorsHeader.MetadataKey);
                foreach ((var key, var value) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal))
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }

            long offset = 0;
            foreach (var tensor in tensors)
            {
                if (!names.Add(tensor.Name))
                {
                    throw new ArgumentException($"tensor name '{tensor.Name}' comes twice or is reserved", nameof(tensors));
                }

                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", tensor.DType);
                WriteNumbers(json, "shape", tensor.Shape);
                WriteNumbers(json, "data_offsets", [offset, offset += tensor.ByteLength]);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        while ((buffer.Length + SafetensorsHeader.LengthBytes) % Alignment != 0)
        {
            buffer.WriteByte((byte)' ');
        }

        return buffer.ToArray();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, IEnumerable<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }
}
