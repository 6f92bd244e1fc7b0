using System.Security.Cryptography;
using Tda.Torch.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A source of pseudo-random numbers with a state of its own.</summary>
    public class Generator : IDisposable
    {
        private nint _handle;

        public unsafe Generator(ulong seed = 0, Device? device = null)
        {
            this.device = device ?? CPU;
            nint handle;
            Bridge.Check(Bridge.tda_generator((int)this.device.type, this.device.index, seed, &handle));
            _handle = handle;
        }

        private Generator(nint handle)
        {
            device = CPU;
            _handle = handle;
        }

        ~Generator() => Dispose(false);

        /// <summary>The CPU generator that operators use when they are given none.</summary>
        public static unsafe Generator Default
        {
            get
            {
                nint handle;
                Bridge.Check(Bridge.tda_default_generator((int)DeviceType.CPU, -1, &handle));
                return new Generator(handle);
            }
        }

        public Device device { get; }

        internal nint Handle => _handle != 0 ? _handle : throw new ObjectDisposedException(nameof(Generator));

        /// <summary>The state as a byte tensor on the CPU.</summary>
        public unsafe Tensor get_state()
        {
            long state;
            Bridge.Check(Bridge.tda_generator_state(Handle, &state));
            GC.KeepAlive(this);
            return new Tensor(state);
        }

        public void set_state(Tensor value)
        {
            Bridge.Check(Bridge.tda_generator_set_state(Handle, value.Handle));
            GC.KeepAlive(value);
            GC.KeepAlive(this);
        }

        public unsafe Generator manual_seed(long seed)
        {
            var value = (ulong)seed;
            Bridge.Check(Bridge.tda_generator_seed(Handle, 0, &value));
            GC.KeepAlive(this);
            return this;
        }

        /// <summary>Seeds it from the operating system's entropy and returns the seed.</summary>
        public long seed()
        {
            var value = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)));
            manual_seed(value);
            return value;
        }

        public unsafe long initial_seed()
        {
            ulong value;
            Bridge.Check(Bridge.tda_generator_initial_seed(Handle, &value));
            GC.KeepAlive(this);
            return (long)value;
        }

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            var handle = Interlocked.Exchange(ref _handle, 0);
            if (handle != 0)
                Bridge.tda_generator_free(handle);
        }
    }
}
