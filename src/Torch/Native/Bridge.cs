using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]
[module: SkipLocalsInit]

namespace Tda.Torch.Native;

/// <summary>The exports of bridge.cpp. The library is found, and compiled when absent, by <see cref="BridgeLoader"/>.</summary>
internal static unsafe partial class Bridge
{
    private const string Library = "tda_bridge";

    /// <summary>Must equal <c>kAbi</c> in bridge.cpp: raised with every change of an export or of <see cref="Slot"/>.</summary>
    internal const int Abi = 2;

    static Bridge() => NativeLibrary.SetDllImportResolver(
        typeof(Bridge).Assembly,
        static (name, _, _) => name == Library ? BridgeLoader.Load() : 0);

    /// <summary>The version of LibTorch, as its headers state it.</summary>
    internal static string Version => Text(tda_version());

    /// <summary>What LibTorch says about its build and its thread pools.</summary>
    internal static string Configuration => Text(tda_config());

    internal static void Check(int result)
    {
        if (result < 0)
            Throw();
    }

    /// <summary>Raises the calling thread's last native error as TorchSharp does.</summary>
    internal static void Throw() => throw new ExternalException(Text(tda_error()));

    private static string Text(byte* utf8) => Marshal.PtrToStringUTF8((nint)utf8) ?? "";

    [LibraryImport(Library)] internal static partial int tda_abi();
    [LibraryImport(Library)] private static partial byte* tda_error();
    [LibraryImport(Library)] private static partial byte* tda_version();
    [LibraryImport(Library)] private static partial byte* tda_config();
    [LibraryImport(Library)] internal static partial void tda_sizes(int* sizes);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int tda_find(string name, string overload, nint* found);
    [LibraryImport(Library)] internal static partial int tda_call(nint op, Slot* arguments, int count, Slot* results, int capacity);
    [LibraryImport(Library)] internal static partial void tda_overflow(Slot* results, int count);

    [LibraryImport(Library)] internal static partial void tda_release(long tensor);
    [LibraryImport(Library), SuppressGCTransition] internal static partial long tda_alias(long tensor);
    [LibraryImport(Library), SuppressGCTransition] internal static partial int tda_dtype(long tensor);
    [LibraryImport(Library), SuppressGCTransition] internal static partial long tda_numel(long tensor);
    [LibraryImport(Library), SuppressGCTransition] internal static partial long tda_itemsize(long tensor);
    [LibraryImport(Library), SuppressGCTransition] internal static partial int tda_dim(long tensor);
    [LibraryImport(Library), SuppressGCTransition] internal static partial int tda_device(long tensor, int* index);
    [LibraryImport(Library)] internal static partial int tda_shape(long tensor, long* sizes, long* strides);
    [LibraryImport(Library)] internal static partial int tda_flags(long tensor);
    [LibraryImport(Library)] internal static partial long tda_storage_offset(long tensor);
    [LibraryImport(Library)] internal static partial int tda_data(long tensor, void** data);
    [LibraryImport(Library)]
    internal static partial int tda_from_host(
        void* source, long* sizes, int dimensions, int dtype, int deviceType, int deviceIndex, long* result);
    [LibraryImport(Library)]
    internal static partial int tda_from_blob(void* source, long* sizes, int dimensions, int dtype, long* result);
    [LibraryImport(Library)] internal static partial int tda_to_host(long tensor, void* target);

    [LibraryImport(Library)] internal static partial int tda_set_requires_grad(long tensor, int value);
    [LibraryImport(Library)] internal static partial int tda_retain_grad(long tensor);
    [LibraryImport(Library)] internal static partial int tda_grad(long tensor, long* grad);
    [LibraryImport(Library)] internal static partial int tda_set_grad(long tensor, long grad);
    [LibraryImport(Library)]
    internal static partial int tda_autograd(
        long* outputs, int outputCount, long* inputs, int inputCount, long* gradOutputs, int gradOutputCount,
        int retain, int create, int allowUnused, long* grads);
    [LibraryImport(Library)]
    internal static partial int tda_backward(
        long* tensors, int count, long* grads, int gradCount, int retain, int create, long* inputs, int inputCount);
    [LibraryImport(Library)] internal static partial int tda_grad_mode();
    [LibraryImport(Library)] internal static partial void tda_set_grad_mode(int enabled);
    [LibraryImport(Library)] internal static partial int tda_inference_mode();
    [LibraryImport(Library)] internal static partial nint tda_enter_inference(int enabled);
    [LibraryImport(Library)] internal static partial void tda_leave_inference(nint guard);

    [LibraryImport(Library)] internal static partial int tda_manual_seed(ulong seed);
    [LibraryImport(Library)] internal static partial int tda_generator(int deviceType, int deviceIndex, ulong seed, nint* generator);
    [LibraryImport(Library)] internal static partial int tda_default_generator(int deviceType, int deviceIndex, nint* generator);
    [LibraryImport(Library)] internal static partial void tda_generator_free(nint generator);
    [LibraryImport(Library)] internal static partial int tda_generator_seed(nint generator, int random, ulong* seed);
    [LibraryImport(Library)] internal static partial int tda_generator_initial_seed(nint generator, ulong* seed);
    [LibraryImport(Library)] internal static partial int tda_generator_state(nint generator, long* state);
    [LibraryImport(Library)] internal static partial int tda_generator_set_state(nint generator, long state);

    [LibraryImport(Library)] internal static partial int tda_threads();
    [LibraryImport(Library)] internal static partial int tda_set_threads(int count);
    [LibraryImport(Library)] internal static partial int tda_interop_threads();
    [LibraryImport(Library)] internal static partial int tda_set_interop_threads(int count);
    [LibraryImport(Library)] internal static partial int tda_device_count(int deviceType);
    [LibraryImport(Library)] internal static partial int tda_synchronize(int deviceIndex);
}
