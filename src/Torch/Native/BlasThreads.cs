using System.Runtime.InteropServices;

namespace Tda.Torch.Native;

/// <summary>
/// OpenBLAS built on its own thread pool (Debian's -pthread) does not see OpenMP's thread count, which is all that
/// LibTorch sets: it is told directly.
/// </summary>
internal static unsafe class BlasThreads
{
    internal static void Set(int count)
    {
        foreach (var path in MappedLibraries.Paths(name => name.Contains("blas", StringComparison.OrdinalIgnoreCase)))
        {
            if (NativeLibrary.TryLoad(path, out var library)
                && NativeLibrary.TryGetExport(library, "openblas_set_num_threads", out var set))
                ((delegate* unmanaged<int, void>)set)(count);
        }
    }
}
