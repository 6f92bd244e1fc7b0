using Tda.Torch.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Threads that one operator of the calling thread uses on the CPU.</summary>
    public static int get_num_threads()
    {
        var count = Bridge.tda_threads();
        Bridge.Check(count);
        return count;
    }

    /// <summary>Sets it for the whole process: ATen's loops and the BLAS behind its matrix products.</summary>
    public static void set_num_threads(int num)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(num);
        Bridge.Check(Bridge.tda_set_threads(num));
        BlasThreads.Set(num);
    }

    public static int get_num_interop_threads()
    {
        var count = Bridge.tda_interop_threads();
        Bridge.Check(count);
        return count;
    }

    public static void set_num_interop_threads(int num) => Bridge.Check(Bridge.tda_set_interop_threads(num));
}
