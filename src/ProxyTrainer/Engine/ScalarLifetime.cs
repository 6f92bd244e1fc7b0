using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tda.ProxyTrainer.Engine;

/// <summary>
/// Keeps TorchSharp's scalars alive while native code reads them. TorchSharp 0.107 hands <c>scalar.Handle</c> to the native side and doesn't
/// hold on to the scalar (67 of 68 methods have no <c>GC.KeepAlive</c>), so a collection on another thread can end it in the middle of
/// the call: "Unknown scalar type", "Expected false to be true", or a wrong number without a word. Call sites can't prevent it, since most scalars are
/// made inside TorchSharp, and one for every <c>x.add(y)</c>.
/// </summary>
/// <remarks>
/// Scalars end in one native function, <c>THSTorch_dispose_scalar</c>. Its code is replaced in memory by a jump to <see cref="Dispose"/>,
/// which frees a scalar only after some seconds. Where the code isn't the one that is known, nothing is replaced.
/// </remarks>
internal static unsafe class ScalarLifetime
{
    // The longest operator takes less by far. Freed as operator delete does: ours are never symbolic, so they own nothing.
    private static readonly LateRelease Ended = new(TimeSpan.FromSeconds(5), scalar => NativeMemory.Free((void*)scalar));

    // test rdi, rdi; je …: how the function begins, 51 bytes long.
    private static ReadOnlySpan<byte> Known => [0x48, 0x85, 0xff, 0x74];

    /// <summary>Scalars that have ended and aren't freed yet.</summary>
    internal static int Waiting => Ended.Count;

    /// <summary>Replaces the function; once, before tensors are used on several threads.</summary>
    /// <param name="library">libLibTorchSharp.so as loaded.</param>
    /// <returns>False where the function isn't the known one, or its memory can't be changed.</returns>
    internal static bool Guard(nint library) =>
        NativeCode.TryFind(library, "THSTorch_dispose_scalar", Known, out var function)
        && NativeCode.TryWrite(function, NativeCode.Jump((nint)(delegate* unmanaged[Cdecl]<nint, void>)&Dispose));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Dispose(nint scalar)
    {
        if (scalar != 0)
        {
            Ended.Add(scalar);
        }

        Ended.ReleaseDue();
    }
}
