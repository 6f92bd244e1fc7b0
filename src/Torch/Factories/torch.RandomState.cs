using Tda.Torch.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>The default random number generators.</summary>
    public static partial class random
    {
        /// <summary>Seeds the default generators of all devices; returns the CPU's.</summary>
        public static Generator manual_seed(long seed)
        {
            Bridge.Check(Bridge.tda_manual_seed((ulong)seed));
            return Generator.Default;
        }

        /// <summary>Seeds from the operating system's entropy and returns the seed.</summary>
        public static long seed()
        {
            using var generator = Generator.Default;
            return generator.seed();
        }

        public static long initial_seed()
        {
            using var generator = Generator.Default;
            return generator.initial_seed();
        }

        public static Tensor get_rng_state()
        {
            using var generator = Generator.Default;
            return generator.get_state();
        }

        public static void set_rng_state(Tensor new_state)
        {
            using var generator = Generator.Default;
            generator.set_state(new_state);
        }
    }
}
