using Tda.Core.Arrays;
using static TorchSharp.torch;

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
