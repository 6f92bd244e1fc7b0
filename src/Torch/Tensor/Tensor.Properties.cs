using Tda.Torch.Native;

namespace TorchSharp;

public static partial class torch
{
    public sealed partial class Tensor
    {
        [Flags]
        private enum Flags
        {
            Contiguous = 1,
            RequiresGrad = 2,
            Leaf = 4,
            Sparse = 8,
            Inference = 16,
        }

        public ScalarType dtype
        {
            get
            {
                var type = (ScalarType)Bridge.tda_dtype(Handle);
                GC.KeepAlive(this);
                return type;
            }
        }

        public unsafe Device device
        {
            get
            {
                int index;
                var type = (DeviceType)Bridge.tda_device(Handle, &index);
                GC.KeepAlive(this);
                return type == DeviceType.CPU ? CPU : new Device(type, index);
            }
        }

        public DeviceType device_type => device.type;

        public int device_index => device.index;

        public bool is_cuda => device_type == DeviceType.CUDA;

        public bool is_sparse => Has(Flags.Sparse);

        public bool is_leaf => Has(Flags.Leaf);

        public long Dimensions => dim();

        public long ndim => dim();

        public long NumberOfElements => numel();

        public long ElementSize => element_size();

        public unsafe long[] shape
        {
            get
            {
                var sizes = new long[Bridge.tda_dim(Handle)];
                fixed (long* pointer = sizes)
                    Bridge.Check(Bridge.tda_shape(Handle, pointer, null));
                GC.KeepAlive(this);
                return sizes;
            }
        }

        /// <summary>
        /// Does autograd record operations on this tensor? Only leaves of floating point can be set.
        /// </summary>
        public bool requires_grad
        {
            get => Has(Flags.RequiresGrad);
            set
            {
                Bridge.Check(Bridge.tda_set_requires_grad(Handle, value ? 1 : 0));
                GC.KeepAlive(this);
            }
        }

        /// <summary>What <see cref="backward()"/> accumulated for this leaf; null before. Each read is a new handle.</summary>
        public unsafe Tensor? grad
        {
            get
            {
                long gradient;
                Bridge.Check(Bridge.tda_grad(Handle, &gradient));
                GC.KeepAlive(this);
                return gradient == 0 ? null : new Tensor(gradient);
            }

            set
            {
                Bridge.Check(Bridge.tda_set_grad(Handle, value is null ? 0 : value.Handle));
                GC.KeepAlive(value);
                GC.KeepAlive(this);
            }
        }

        public long dim()
        {
            var dimensions = Bridge.tda_dim(Handle);
            GC.KeepAlive(this);
            return dimensions;
        }

        public long numel()
        {
            var count = Bridge.tda_numel(Handle);
            GC.KeepAlive(this);
            return count;
        }

        public long element_size()
        {
            var bytes = Bridge.tda_itemsize(Handle);
            GC.KeepAlive(this);
            return bytes;
        }

        public long[] size() => shape;

        public long size(int dim) => shape is var s && dim < 0 ? s[s.Length + dim] : s[dim];

        public unsafe long[] stride()
        {
            var strides = new long[Bridge.tda_dim(Handle)];
            fixed (long* pointer = strides)
                Bridge.Check(Bridge.tda_shape(Handle, null, pointer));
            GC.KeepAlive(this);
            return strides;
        }

        public long stride(int dim) => stride() is var s && dim < 0 ? s[s.Length + dim] : s[dim];

        public long storage_offset()
        {
            var offset = Bridge.tda_storage_offset(Handle);
            GC.KeepAlive(this);
            return offset;
        }

        public bool is_contiguous() => Has(Flags.Contiguous);

        public bool is_cpu() => device_type == DeviceType.CPU;

        public bool is_integral() => torch.is_integral(dtype);

        public bool is_floating_point() => torch.is_floating_point(dtype);

        public bool is_complex() => torch.is_complex(dtype);

        public bool is_inference() => Has(Flags.Inference);

        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        public Tensor with_requires_grad(bool requires_grad = true) => requires_grad_(requires_grad);

        /// <summary>Makes <see cref="backward()"/> also fill the gradient of a tensor that is not a leaf.</summary>
        public void retain_grad()
        {
            Bridge.Check(Bridge.tda_retain_grad(Handle));
            GC.KeepAlive(this);
        }

        /// <summary>Accumulates the gradient of this one-element tensor into its leaves.</summary>
        public void backward() => autograd.backward([this]);

        public void backward(
            IList<Tensor>? grad_tensors = null, bool retain_graph = false, bool create_graph = false, IList<Tensor>? inputs = null) =>
            autograd.backward([this], grad_tensors, retain_graph, create_graph, inputs);

        private bool Has(Flags flag)
        {
            var flags = Bridge.tda_flags(Handle);
            GC.KeepAlive(this);
            Bridge.Check(flags);
            return ((Flags)flags & flag) != 0;
        }
    }
}
