using System.Runtime.InteropServices;

namespace Tda.Labels.Onnx;

/// <summary>
/// Writes small ONNX models: a graph of nodes over named tensors, as protocol buffers (ONNX's onnx.proto, IR version 8, operator set 17). The
/// same calls give the same bytes.
/// </summary>
public sealed class OnnxWriter
{
    private const int Float = 1, Int64 = 7;

    private readonly MemoryStream _nodes = new();
    private readonly MemoryStream _tensors = new();
    private readonly MemoryStream _inputs = new();
    private readonly MemoryStream _outputs = new();

    /// <summary>A constant tensor of float32.</summary>
    public OnnxWriter Constant(string name, long[] shape, ReadOnlySpan<float> values) => Constant(name, shape, Float, MemoryMarshal.AsBytes(values));

    /// <summary>A constant tensor of int64.</summary>
    public OnnxWriter Constant(string name, long[] shape, ReadOnlySpan<long> values) => Constant(name, shape, Int64, MemoryMarshal.AsBytes(values));

    /// <summary>An input of int64; a name instead of a number leaves a dimension open.</summary>
    public OnnxWriter IdsInput(string name, params string[] dimensions) => Value(_inputs, 11, name, Int64, dimensions);

    /// <summary>An input of float32.</summary>
    public OnnxWriter Input(string name, params string[] dimensions) => Value(_inputs, 11, name, Float, dimensions);

    /// <summary>An output of float32.</summary>
    public OnnxWriter Output(string name, params string[] dimensions) => Value(_outputs, 12, name, Float, dimensions);

    /// <summary>An operator.</summary>
    /// <param name="kind">Its name in ONNX, such as <c>Gemm</c>.</param>
    /// <param name="inputs">Names of its inputs.</param>
    /// <param name="output">Name of its output.</param>
    /// <param name="numbers">Attributes that are one number.</param>
    /// <param name="lists">Attributes that are lists of numbers.</param>
    public OnnxWriter Node(
        string kind, string[] inputs, string output, (string Name, long Value)[]? numbers = null, (string Name, long[] Values)[]? lists = null)
    {
        var node = new MemoryStream();
        foreach (var input in inputs)
        {
            Text(node, 1, input);
        }

        Text(node, 2, output);
        Text(node, 4, kind);
        foreach (var (name, value) in numbers ?? [])
        {
            var attribute = new MemoryStream();
            Text(attribute, 1, name);
            Number(attribute, 3, value);
            Number(attribute, 20, 2); // INT
            Part(node, 5, attribute);
        }

        foreach (var (name, values) in lists ?? [])
        {
            var attribute = new MemoryStream();
            Text(attribute, 1, name);
            Array.ForEach(values, value => Number(attribute, 8, value));
            Number(attribute, 20, 7); // INTS
            Part(node, 5, attribute);
        }

        Part(_nodes, 1, node);
        return this;
    }

    /// <summary>The whole file.</summary>
    /// <param name="producer">Who made it.</param>
    public byte[] ToBytes(string producer)
    {
        var graph = new MemoryStream();
        _nodes.WriteTo(graph);
        Text(graph, 2, producer);
        _tensors.WriteTo(graph);
        _inputs.WriteTo(graph);
        _outputs.WriteTo(graph);
        var operators = new MemoryStream();
        Number(operators, 2, 17);
        var model = new MemoryStream();
        Number(model, 1, 8);
        Text(model, 2, producer);
        Part(model, 7, graph);
        Part(model, 8, operators);
        return model.ToArray();
    }

    private OnnxWriter Constant(string name, long[] shape, int type, ReadOnlySpan<byte> bytes)
    {
        var tensor = new MemoryStream();
        Array.ForEach(shape, size => Number(tensor, 1, size));
        Number(tensor, 2, type);
        Text(tensor, 8, name);
        Bytes(tensor, 9, bytes);
        Part(_tensors, 5, tensor);
        return this;
    }

    private OnnxWriter Value(MemoryStream into, int field, string name, int type, string[] dimensions)
    {
        var shape = new MemoryStream();
        foreach (var dimension in dimensions)
        {
            var size = new MemoryStream();
            if (long.TryParse(dimension, NumberStyles.None, CultureInfo.InvariantCulture, out var known))
            {
                Number(size, 1, known);
            }
            else
            {
                Text(size, 2, dimension);
            }

            Part(shape, 1, size);
        }

        MemoryStream tensor = new(), kind = new(), value = new();
        Number(tensor, 1, type);
        Part(tensor, 2, shape);
        Part(kind, 1, tensor);
        Text(value, 1, name);
        Part(value, 2, kind);
        Part(into, field, value);
        return this;
    }

    private static void Number(MemoryStream into, int field, long value)
    {
        VarInt(into, (ulong)field << 3);
        VarInt(into, (ulong)value);
    }

    private static void Text(MemoryStream into, int field, string text) => Bytes(into, field, Encoding.UTF8.GetBytes(text));

    private static void Part(MemoryStream into, int field, MemoryStream part) => Bytes(into, field, part.GetBuffer().AsSpan(0, (int)part.Length));

    private static void Bytes(MemoryStream into, int field, ReadOnlySpan<byte> bytes)
    {
        VarInt(into, ((ulong)field << 3) | 2);
        VarInt(into, (ulong)bytes.Length);
        into.Write(bytes);
    }

    private static void VarInt(MemoryStream into, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            into.WriteByte((byte)(value | 0x80));
        }

        into.WriteByte((byte)value);
    }
}
