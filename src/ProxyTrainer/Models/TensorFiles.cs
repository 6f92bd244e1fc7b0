using System.Runtime.InteropServices;
using Tda.Core.Arrays;
using Tda.Core.Errors;
using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Models;

internal static class TensorFiles
{
    public static Dictionary<string, Tensor> Load(string path, Device device)
    {
        using var file = SafetensorsFile.Open(path);
        return file.Entries.ToDictionary(entry => entry.Key, entry =>
        {
            ScalarType type = entry.Value.DType switch
            {
                "F32" => ScalarType.Float32,
                "F64" => ScalarType.Float64,
                "F16" => ScalarType.Float16,
                "BF16" => ScalarType.BFloat16,
                string other => throw new BadInputException(path, $"\"{entry.Key}\" has type {other}, which is not supported"),
            };
            Tensor tensor = empty([.. entry.Value.Shape], type);
            file.Bytes(entry.Key).CopyTo(tensor.bytes);
            return tensor.to(device);
        });
    }

    public static void Save(string path, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string> metadata) =>
        SafetensorsWriter.Write(path, tensors.Select(pair => new SafetensorsTensor(
            pair.Key, pair.Value.dtype == ScalarType.Float64 ? "F64" : "F32", pair.Value.shape, pair.Value.cpu().contiguous().bytes.ToArray())), metadata);
}
