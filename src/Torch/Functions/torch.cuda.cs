using Tda.Torch.Native;

namespace TorchSharp;

public static partial class torch
{
    public static bool cuda_is_available() => cuda.is_available();

    /// <summary>NVIDIA GPUs.</summary>
    public static partial class cuda
    {
        public static bool is_available() => device_count() > 0;

        /// <summary>How many there are; 0 where LibTorch was built without CUDA or the driver is missing.</summary>
        public static int device_count()
        {
            var count = Bridge.tda_device_count((int)DeviceType.CUDA);
            Bridge.Check(count);
            return count;
        }

        public static void manual_seed(long seed) => Bridge.Check(Bridge.tda_manual_seed((ulong)seed));

        public static void manual_seed_all(long seed) => manual_seed(seed);

        /// <summary>Waits until the device has done everything asked of it.</summary>
        public static void synchronize(Device? device = null)
        {
            if (is_available())
                Bridge.Check(Bridge.tda_synchronize(device is null || device.index < 0 ? 0 : device.index));
        }
    }
}
