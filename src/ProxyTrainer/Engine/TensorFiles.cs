using System.Collections.Frozen;
using Tda.Core.Arrays;

namespace Tda.ProxyTrainer.Engine;

/// <summary>Tensors to and from safetensors files, one copy of the data each way.</summary>
public static class TensorFiles
{
    /// <summary>Reads all tensors of a file onto a device. They belong to the current dispose scope, like any tensor made there.</summary>
    /// <param name="device">Where they go; the CPU when null.</param>
    /// <exception cref="BadInputException">The file is missing, truncated, corrupt, or of a type that tensors don't have.</exception>
    public static Dictionary<string, Tensor> Load(string path, Device? device = null)
    {
        using var file = SafetensorsFile.Open(path);
        var tensors = new Dictionary<string, Tensor>(file.Entries.Count, StringComparer.Ordinal);
        foreach (var name in file.Entries.Keys)
        {
            tensors[name] = Load(file, name, device);
        }

        return tensors;
    }

    /// <summary>Reads one tensor of an open file.</summary>
    /// <exception cref="BadInputException">There is no such tensor, or its type is one that tensors don't have.</exception>
    public static Tensor Load(SafetensorsFile file, string name, Device? device = null)
    {
        var entry = file.Entry(name);
        if (!TensorTypes.ByName.TryGetValue(entry.DType, out var type))
        {
            throw new BadInputException(file.Path, $"tensor '{name}' has the element type {entry.DType}, which tensors don't have");
        }

        return HostMemory.ToDevice((start, length) => file.Bytes(name, start, length), [.. entry.Shape], type, device ?? CPU);
    }

    /// <summary>Writes tensors of any device and strides; what was at <paramref name="path"/> stays until all is written.</summary>
    /// <exception cref="TdaException">The file can't be written.</exception>
    public static void Save(
        string path, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        SafetensorsWriter.Write(path, tensors.Select(pair => Writable(pair.Key, pair.Value)), metadata);

    /// <summary>A tensor as the writer takes it; it is read when its turn comes, and must live until then.</summary>
    public static SafetensorsTensor Writable(string name, Tensor tensor) =>
        new(name, TensorTypes.NameOf(tensor.dtype), tensor.shape, stream => HostMemory.Write(tensor, stream));
}

/// <summary>Element types by the names that safetensors files give them.</summary>
public static class TensorTypes
{
    public static FrozenDictionary<string, ScalarType> ByName { get; } = new Dictionary<string, ScalarType>
    {
        ["F64"] = ScalarType.Float64,
        ["F32"] = ScalarType.Float32,
        ["F16"] = ScalarType.Float16,
        ["BF16"] = ScalarType.BFloat16,
        ["I64"] = ScalarType.Int64,
        ["I32"] = ScalarType.Int32,
        ["I16"] = ScalarType.Int16,
        ["I8"] = ScalarType.Int8,
        ["U8"] = ScalarType.Byte,
        ["BOOL"] = ScalarType.Bool,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <exception cref="NotSupportedException">Files have no such type.</exception>
    public static string NameOf(ScalarType type)
    {
        foreach (var (name, candidate) in ByName)
        {
            if (candidate == type)
            {
                return name;
            }
        }
        throw new NotSupportedException($"Tensors of {type} can't be written to a safetensors file.");
    }
}

/// <summary>Moves bytes between host memory and tensors, in parts where a span is too short.</summary>
internal static class HostMemory
{
    /// <summary>Bytes moved at once; divisible by every element size.</summary>
    private const int Part = 1 << 30;

    internal delegate ReadOnlySpan<byte> Source(long start, int length);

    /// <summary>Row-major bytes into a new tensor: one copy on the CPU, and one to a device.</summary>
    internal static Tensor ToDevice(Source source, long[] shape, ScalarType type, Device device)
    {
        var host = empty(shape, type);
        var flat = host.view(-1);
        var size = (int)host.element_size();
        for (long done = 0, total = host.numel() * size; done < total; done += Part)
        {
            var length = (int)Math.Min(Part, total - done);
            using var part = flat.narrow(0, done / size, length / size);
            source(done, length).CopyTo(part.bytes);
        }
        flat.Dispose();
        return device.type == TorchSharp.DeviceType.CPU ? host : host.to(device, disposeAfter: true);
    }

    /// <summary>A tensor's elements, row-major, into a stream. Only strided or device tensors are copied first.</summary>
    internal static void Write(Tensor tensor, Stream stream)
    {
        using var outer = NewDisposeScope();
        using var mode = no_grad();
        var flat = tensor.detach().cpu().contiguous().view(-1);
        var size = (int)tensor.element_size();
        for (long done = 0, total = flat.numel() * size; done < total; done += Part)
        {
            using var part = flat.narrow(0, done / size, Math.Min(Part, total - done) / size);
            stream.Write(part.bytes);
        }
    }
}
