using System.Buffers.Binary;
using System.Runtime.InteropServices;

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
                json.WritePropertyName("shape");
                JsonSerializer.Serialize(json, tensor.Shape);
                json.WritePropertyName("data_offsets");
                JsonSerializer.Serialize(json, (long[])[offset, offset += tensor.ByteLength]);
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
}

/// <summary>A tensor to be written: its bytes are asked for when their turn comes, so that they needn't all be in memory.</summary>
public sealed class SafetensorsTensor
{
    /// <param name="name">Unique in the file.</param>
    /// <param name="dtype">One of <see cref="SafetensorsDType"/>'s.</param>
    /// <param name="shape">Sizes; none for a scalar.</param>
    /// <param name="write">Writes exactly the bytes that type and shape promise, little-endian, in C order.</param>
    public SafetensorsTensor(string name, string dtype, long[] shape, Action<Stream> write)
    {
        Name = name;
        DType = dtype;
        Shape = shape;
        Write = write;
        ElementSize = SafetensorsDType.SizeOf(dtype) ?? throw new ArgumentException($"unknown element type '{dtype}'", nameof(dtype));
        ByteLength = shape.Aggregate((long)ElementSize, (product, size) => checked(product * size));
    }

    public SafetensorsTensor(string name, string dtype, long[] shape, ReadOnlyMemory<byte> bytes)
        : this(name, dtype, shape, stream => stream.Write(bytes.Span))
    {
    }

    public string Name { get; }

    public string DType { get; }

    public IReadOnlyList<long> Shape { get; }

    public long ByteLength { get; }

    internal int ElementSize { get; }

    internal Action<Stream> Write { get; }

    /// <summary>A tensor of an array's elements.</summary>
    public static SafetensorsTensor Of<T>(string name, T[] values, params long[] shape)
        where T : unmanaged =>
        new(name, SafetensorsDType.Of<T>(), shape, stream => stream.Write(MemoryMarshal.AsBytes<T>(values)));
}
