using static TorchSharp.torch;

namespace Tda.ProxyTrainer.Engine;

/// <summary>Moves bytes between host memory and tensors, in parts where a span is too short, by the API that both providers have.</summary>
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
