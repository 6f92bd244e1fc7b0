using System.Runtime.CompilerServices;
using Tda.Torch.Native;
using TorchSharp.Utils;

namespace TorchSharp;

public static partial class torch
{
    public sealed partial class Tensor
    {
        /// <summary>
        /// A contiguous CPU tensor's memory itself, row-major, at most 2 GiB. The span is valid while the tensor lives.
        /// Setting copies the bytes in.
        /// </summary>
        public unsafe Span<byte> bytes
        {
            get
            {
                RequireHostMemory();
                var length = numel() * element_size();
                if (length > int.MaxValue)
                    throw new ArgumentException($"A span holds at most 2 GiB and this tensor has {length} bytes: read it in parts.");
                return length == 0 ? [] : new Span<byte>(DataPointer, (int)length);
            }

            set
            {
                var target = bytes;
                if (target.Length != value.Length)
                    throw new ArgumentException($"{value.Length} bytes given for a tensor of {target.Length}.");
                value.CopyTo(target);
                GC.KeepAlive(this);
            }
        }

        internal unsafe void* DataPointer
        {
            get
            {
                void* data;
                Bridge.Check(Bridge.tda_data(Handle, &data));
                GC.KeepAlive(this);
                return data;
            }
        }

        /// <summary>The elements, typed, without a copy for a CPU tensor.</summary>
        /// <exception cref="ArgumentException"><typeparamref name="T"/> is not the tensor's element type.</exception>
        public TensorAccessor<T> data<T>()
            where T : unmanaged
        {
            RequireType<T>();
            return is_cpu() ? new TensorAccessor<T>(this) : new TensorAccessor<T>(cpu(), owned: true);
        }

        /// <summary>The value of a one-element tensor; waits for the device if need be.</summary>
        public unsafe T item<T>()
            where T : unmanaged
        {
            if (numel() != 1)
                throw new ArgumentException($"item() needs a tensor of one element, this one has {numel()}.");
            RequireType<T>();
            T value;
            Bridge.Check(Bridge.tda_to_host(Handle, &value));
            GC.KeepAlive(this);
            return value;
        }

        /// <summary>The value of a one-element tensor of any type.</summary>
        public Scalar ToScalar() => Aten.Item.CallScalar(this);

        public void WriteBytesToStream(Stream stream, int bufferSize = 1024)
        {
            RequireHostMemory();
            using var memory = new HostMemoryStream(this);
            memory.CopyTo(stream, Math.Max(bufferSize, 1 << 16));
        }

        /// <summary>Fills the tensor from a stream, row-major.</summary>
        /// <exception cref="EndOfStreamException">The stream is shorter than the tensor.</exception>
        public void ReadBytesFromStream(Stream stream, int bufferSize = 1024)
        {
            RequireHostMemory();
            using var memory = new HostMemoryStream(this);
            memory.Fill(stream);
        }

        /// <summary>Copies the elements, row-major, into <paramref name="target"/>: one copy, from any device and strides.</summary>
        internal unsafe void CopyToHost<T>(Span<T> target)
            where T : unmanaged
        {
            if (target.Length * (long)sizeof(T) != numel() * element_size())
                throw new ArgumentException($"{target.Length} elements given for {numel()} of {element_size()} bytes.");
            fixed (T* pointer = target)
                Bridge.Check(Bridge.tda_to_host(Handle, pointer));
            GC.KeepAlive(this);
        }

        private void RequireHostMemory()
        {
            if (!is_cpu())
                throw new InvalidOperationException($"The tensor is on {device}: copy it to the CPU before reading its bytes.");
            if (!is_contiguous())
                throw new InvalidOperationException("The tensor is not contiguous: call contiguous() before reading its bytes.");
        }

        private void RequireType<T>([CallerMemberName] string member = "")
            where T : unmanaged
        {
            var type = dtype;
            var fits = typeof(T) == typeof(Half) ? type == ScalarType.Float16 : ScalarTypeOf(typeof(T)) == type;
            if (!fits)
                throw new ArgumentException($"{member}<{typeof(T).Name}>() does not fit a tensor of {type}.");
        }

        private sealed unsafe class HostMemoryStream(Tensor tensor)
            : UnmanagedMemoryStream((byte*)tensor.DataPointer, tensor.numel() * tensor.element_size(),
                tensor.numel() * tensor.element_size(), FileAccess.ReadWrite)
        {
            internal void Fill(Stream source)
            {
                var left = Length;
                while (left > 0)
                {
                    var part = new Span<byte>(PositionPointer, (int)Math.Min(left, 1 << 20));
                    source.ReadExactly(part);
                    Position += part.Length;
                    left -= part.Length;
                }
                GC.KeepAlive(tensor);
            }
        }
    }
}
