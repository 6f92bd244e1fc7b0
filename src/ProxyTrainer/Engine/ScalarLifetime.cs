using System.Diagnostics;
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
internal static unsafe partial class ScalarLifetime
{
    private const int Readable = 1, Writable = 2, Executable = 4; // PROT_*
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5); // the longest operator takes less by far
    private static readonly Lock Gate = new();
    private static readonly Queue<(long Ended, nint Scalar)> Ended = [];

    // test rdi, rdi; je …: how the function begins, 51 bytes long. The jump is mov rax, target; jmp rax.
    private static ReadOnlySpan<byte> Known => [0x48, 0x85, 0xff, 0x74];

    /// <summary>Scalars that have ended and aren't freed yet.</summary>
    internal static int Waiting
    {
        get
        {
            lock (Gate)
            {
                return Ended.Count;
            }
        }
    }

    /// <summary>Replaces the function; once, before tensors are used on several threads.</summary>
    /// <param name="library">libLibTorchSharp.so as loaded.</param>
    /// <returns>False where the function isn't the known one, or its memory can't be changed.</returns>
    internal static bool Guard(nint library)
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64
            || !NativeLibrary.TryGetExport(library, "THSTorch_dispose_scalar", out var function)
            || !new ReadOnlySpan<byte>((void*)function, Known.Length).SequenceEqual(Known))
        {
            return false;
        }

        var page = (nint)Environment.SystemPageSize;
        var start = function / page * page;
        if (Protect(start, 2 * page, Readable | Writable | Executable) != 0)
        {
            return false;
        }

        var code = new Span<byte>((void*)function, 12);
        (code[0], code[1], code[10], code[11]) = (0x48, 0xb8, 0xff, 0xe0);
        BitConverter.TryWriteBytes(code[2..], (nint)(delegate* unmanaged[Cdecl]<nint, void>)&Dispose);
        _ = Protect(start, 2 * page, Readable | Executable);
        return true;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Dispose(nint scalar)
    {
        var now = Stopwatch.GetTimestamp();
        lock (Gate)
        {
            if (scalar != 0)
            {
                Ended.Enqueue((now, scalar));
            }

            while (Ended.TryPeek(out var oldest) && Stopwatch.GetElapsedTime(oldest.Ended, now) > Grace)
            {
                NativeMemory.Free((void*)Ended.Dequeue().Scalar); // as operator delete does; ours are never symbolic, so they own nothing
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint start, nint length, int protection);
}
